"""Holds the page's ES modules, which the browser loads as they are."""
