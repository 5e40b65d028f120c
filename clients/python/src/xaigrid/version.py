"""The version of this package. It is that of the command that the package was made for."""

__version__ = "0.1.0"
