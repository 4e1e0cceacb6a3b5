"""Checks what a program asks for, and turns it into the application's configuration."""
