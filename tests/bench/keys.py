"""The keys of the bench: they open nothing."""

KEY = "benchKeyBenchKeyBenchKeyBenchKeyBenchKeyBenchKeyBenchKeyBenchKey"
SECRET = "benchSecretBenchSecretBenchSecretBenchSecretBenchSecretBenchSecr"
