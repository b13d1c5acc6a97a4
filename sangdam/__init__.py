"""The application: settings, composition, command line. The only place that knows every service."""
