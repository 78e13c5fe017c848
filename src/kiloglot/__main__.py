"""`python -m kiloglot`: the command line, where its program is not on the path."""

from kiloglot.cli import main

main()
