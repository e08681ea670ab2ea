"""Since when libvirt knows each of its settings: `python -m tests.settings RELEASE=SCHEMAS …`."""
