"""What lies on the screen's desk: one talk per conversation, in the order of the tabs.

Turns what the client tells into rows, tabs and counts. Knows no widget; belongs to the screen's thread.
"""
