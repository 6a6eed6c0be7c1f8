"""``python -m guildhall``."""

from guildhall.cli import main

main()
