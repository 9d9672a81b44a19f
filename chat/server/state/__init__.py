"""What is in memory and shared: users, conversations, sessions, fan-out, and the journal that decides.

May hold locks and owns the journal's thread; touches no socket, file or database itself.
"""
