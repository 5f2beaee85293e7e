"""imagematrix: build, smoke-test and measure the image variants of one app, and keep the figures."""

__version__ = "0.1.0"
