"""openWakeWord, which hears a few words very well."""
