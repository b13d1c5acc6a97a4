"""`python -m sangdam` is the `sangdam` command."""

from sangdam.cli import main

main()
