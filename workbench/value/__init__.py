"""12-month value by customer, cohort and channel, draw by draw; ROAS against value; backtest."""
