"""How a registry too large for one batch is assessed: buckets of whole patients, mapped in process or on Spark."""
