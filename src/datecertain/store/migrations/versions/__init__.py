"""One file per migration, named `r<revision>_<what>.py`. A released migration is never changed."""
