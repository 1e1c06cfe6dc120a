"""What Airflow lists of this package among its providers; needs no Airflow, and nothing of the program."""


def get_provider_info() -> dict[str, str]:
    """Describe the package, as Airflow asks by the entry point `apache_airflow_provider`."""
    return {
        "package-name": "healthtrends",
        "name": "HealthTrends",
        "description": "Daily diagnosis trends: the operator HealthTrendsOperator runs `healthtrends run`.",
    }
