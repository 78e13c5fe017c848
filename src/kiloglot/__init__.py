"""One small model that understands spoken commands, their intent and slots, in many languages."""

__version__ = "0.1.0"
