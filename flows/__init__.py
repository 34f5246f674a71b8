"""Call flows: the language, the shipped library, and the versions each tenant has published."""
