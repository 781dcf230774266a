"""Writers of simulated brands, one module per tool, in the formats that the tools export."""
