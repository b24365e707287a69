"""The parts that models share; one file each."""
