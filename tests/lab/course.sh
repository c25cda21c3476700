#!/bin/bash
# Labs of a beginners' course, written from docs/ alone, pass at the first try: three
# of tests/lab/course here, the others in course_full.sh.
# limit: 200
# modes: rel
. "$(dirname "$0")/course/course.sh"
course two-subnets router-on-a-stick nat
