"""The windows: Qt Widgets over the services. Views hold no logic, services no Qt; nothing slow runs in the UI thread."""
