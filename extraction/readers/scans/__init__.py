"""Pages that are images: turned, levelled, recognised, and given the characters and rules of a printed page."""
