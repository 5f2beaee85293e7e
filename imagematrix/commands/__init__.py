"""What each command does, from settings to what is to be shown and the exit code.

No command prints: it returns text for standard output, and tells its progress to a listener.
"""
