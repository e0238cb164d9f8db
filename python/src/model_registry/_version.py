"""The one place of the version; it is the version of the registry that the SDK is released with."""

__version__ = "0.1.0"
