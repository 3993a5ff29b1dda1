"""The style vectors of the voices: taken from a package when the wheel is built."""
