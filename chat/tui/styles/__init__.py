"""How the full-screen client looks: themes and style sheets."""
