"""`python -m neuroflysim` is the command line, too."""

from neuroflysim.cli import main

if __name__ == "__main__":
    main()
