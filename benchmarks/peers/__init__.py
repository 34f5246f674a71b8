"""What we are measured against, written as a competent team would; it runs in a virtual environment of its own."""
