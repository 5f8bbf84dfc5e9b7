"""What may stand in ``[EC2]`` of instance.conf, besides the core's aws_credential, profile and region."""

from typing import Any

from ess_plugins.ec2 import durations, jumphosts, owntags

SECTION: dict[str, dict[str, Any]] = {
    "use_private_ip": {
        "type": "boolean",
        "default": False,
        "meta": {
            "help": "True: reach workers by private address (VPN, same VPC)",
            "example": "False",
            "init": True,
        },
    },
    "instance_tag": {
        "type": "string",
        "maxlength": 256,
        "default": "Essentia Worker Node",
        "meta": {"help": "Name tag", "example": "Essentia Worker Node", "init": True},
    },
    "instance_type": {
        "type": "list",
        "schema": {"type": "string", "regex": "[A-Za-z0-9][A-Za-z0-9.-]*"},
        "default": ["m3.medium"],
        "meta": {
            "help": "--type overrides; of several, the next one where EC2 has no room for the one before",
            "example": "m3.medium",
            "expected": "an instance type such as m3.medium",
            "init": True,
        },
    },
    "instance_count": {
        "type": "integer",
        "min": 1,
        "default": 2,
        "meta": {"help": "--number overrides", "example": "2", "init": True},
    },
    "key_name": {
        "type": "string",
        "maxlength": 255,
        "meta": {
            "help": "key pair and pem file, '.pem' optional; looked for beside this file, then in ~/.ssh",
            "example": "pem_file",
            "init": True,
        },
    },
    "security_groups": {
        "type": "list",
        "meta": {"help": "names or sg-ids, comma separated", "example": "essentia-access", "init": True},
    },
    "username": {
        "type": "string",
        "regex": "[A-Za-z_][A-Za-z0-9_.-]{0,31}",
        "default": "ec2-user",
        "meta": {
            "help": "who logs in; the image decides it",
            "example": "ec2-user",
            "expected": "a user name such as ec2-user",
            "init": True,
        },
    },
    "cluster": {
        "type": "string",
        "regex": "[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
        "meta": {
            "help": "name of the cluster; without it, a random one kept beside this file",
            "example": "nightly",
            "expected": "a name of letters, digits, '.', '_' and '-'",
        },
    },
    "ami": {
        "type": "string",
        "regex": "ami-[0-9a-z]+",
        "meta": {
            "help": "image; without it, the newest Amazon Linux 2023",
            "example": "ami-0abcdef1234567890",
            "expected": "an image id such as ami-0abcdef1234567890",
        },
    },
    "subnet_id": {
        "type": "list",
        "schema": {"type": "string", "regex": "subnet-[0-9a-z]+"},
        "meta": {
            "help": "subnets to launch in, comma separated; without them, the default VPC's",
            "example": "subnet-0abc1234, subnet-0def5678",
            "expected": "a subnet id such as subnet-0abc1234",
        },
    },
    "max_instances": {
        "type": "integer",
        "min": 1,
        "default": 20,
        "meta": {"help": "create asks for --yes above this number", "example": "20"},
    },
    "volume_size": {
        "type": "integer",
        "min": 1,
        "max": 65536,
        "meta": {"help": "root volume in GiB; without it, the image's own size", "example": "40"},
    },
    "iam_instance_profile": {
        "type": "string",
        "regex": "[A-Za-z0-9+=,.@_:/-]+",
        "meta": {
            "help": "instance profile that gives workers their rights: a name or an ARN",
            "example": "essentia-worker",
            "expected": "the name or ARN of an instance profile",
        },
    },
    "ssh_port": {
        "type": "integer",
        "min": 1,
        "max": 65535,
        "default": 22,
        "meta": {"help": "port of the workers' SSH server", "example": "22"},
    },
    "associate_public_ip": {
        "type": "boolean",
        "meta": {
            "help": "whether workers get public addresses; without it, the subnet decides",
            "example": "True",
        },
    },
    "tags": {
        "type": "list",
        "check_with": owntags.check,
        "meta": {
            "help": "tags of yours for workers, their volumes and interfaces",
            "example": "Team=data, Cost Center=42",
        },
    },
    "spot": {
        "type": "boolean",
        "default": False,
        "meta": {
            "help": "True: spot instances, which cost less and which EC2 may end; --spot, --no-spot override",
            "example": "True",
        },
    },
    "ttl": {
        "type": "string",
        "check_with": durations.check,
        "meta": {
            "help": "workers end by themselves after this time, such as 90m, 24h or 7d; --ttl overrides",
            "example": "24h",
            "init": True,
        },
    },
    "user_data": {
        "type": "string",
        "meta": {
            "help": "a file that workers run at their first boot: a shell script or cloud-config",
            "example": "boot.sh",
        },
    },
    "proxy_jump": {
        "type": "list",
        "check_with": jumphosts.check,
        "meta": {
            "help": "bastion to the workers, [user@]host[:port]; of several, each through the one before",
            "example": "ec2-user@bastion.example.com",
        },
    },
}
