"""The widgets of the full-screen client. They take data and know no socket."""
