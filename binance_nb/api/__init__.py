"""The exchange's endpoints as coroutines: typed requests in, decoded JSON out."""
