"""What travels: events, alerts, results, KPIs, the policy file and the Kafka names they travel on."""
