"""From plan to paper: intake, planning, numbering and making of 双随机 inspection documents."""
