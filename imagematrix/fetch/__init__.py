"""How packages reach this machine: one file a kind of archive, each checking what it downloads."""
