"""The MLLP door: HL7v2 messages from a TCP port into the topic, acknowledged once the broker has them."""
