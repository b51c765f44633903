"""After remission: observation, maintenance, transplant, stopping venetoclax, and the next sample."""
