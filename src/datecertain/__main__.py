"""`python -m datecertain`: the command line."""

from datecertain.cli import main

main()
