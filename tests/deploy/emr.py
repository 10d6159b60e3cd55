"""A cluster of the template as the request that CloudFormation would send to EMR, so that EMR's own shapes can judge."""

import copy

_GROUPS = (("MasterInstanceGroup", "MASTER"), ("CoreInstanceGroup", "CORE"), ("TaskInstanceGroups", "TASK"))


def settings(configurations: list[dict]) -> list[dict]:
    """Configurations as the API and settings.json have them."""
    found = []
    for item in configurations:
        one = {"Classification": item["Classification"], "Properties": item.get("ConfigurationProperties", {})}
        if "Configurations" in item:
            one["Configurations"] = settings(item["Configurations"])
        found.append(one)
    return found


def _groups(found) -> list[dict]:
    return [found] if isinstance(found, dict) else found


def run_job_flow(cluster: dict) -> dict:
    """The arguments of RunJobFlow from the properties of AWS::EMR::Cluster."""
    request = copy.deepcopy(cluster)
    instances = request["Instances"]
    instances["InstanceGroups"] = [
        {**group, "InstanceRole": role}
        for name, role in _GROUPS
        for group in _groups(instances.pop(name, []))
    ]
    request["Configurations"] = settings(request["Configurations"])
    return request
