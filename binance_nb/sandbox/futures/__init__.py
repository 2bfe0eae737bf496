"""The USD-M futures exchange's engine: positions, margin, the Algo Service. No I/O and no clock: time is passed in."""
