"""Who may do what: roles, passwords, the second factor, sign-in, rates."""
