"""Provides the routes of OpenAI's audio API, for programs written against it."""
