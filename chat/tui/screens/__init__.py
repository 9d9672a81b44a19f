"""The screens of the full-screen client. They handle what happens; widgets show it."""
