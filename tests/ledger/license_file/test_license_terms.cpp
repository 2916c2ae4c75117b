#include "tests/catch_result.hpp"
