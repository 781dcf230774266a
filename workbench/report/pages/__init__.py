"""The pages of the client report, one module each: facts in, `document.Page` out."""
