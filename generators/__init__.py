"""Episodes and stores of long-range reasoning videos. Never imports torch."""
