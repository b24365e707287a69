"""`python -m bcb`, which is also what `torchrun -m bcb train …` runs."""

from bcb.cli import main

main()
