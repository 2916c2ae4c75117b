#include "tools/bench/report.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <thread>

namespace bench {
namespace {

std::string number(double value, const std::string& unit) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), value < 10 ? "%.2f" : "%.0f", value);
    return unit.empty() ? text.data() : std::string(text.data()) + " " + unit;
}

/// The value after ':' in the first line of `file` that begins with `key`.
std::string line_of(const char* file, std::string_view key) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(key)) continue;
        const auto at = line.find_first_not_of(" \t", line.find(':') + 1);
        return at == line.npos ? "" : line.substr(at);
    }
    return "unknown";
}

}  // namespace

void Report::add(std::string what, double value, std::string unit) {
    rows_.push_back({std::move(what), number(value, unit), "", true});
    std::fprintf(stderr, "%s: %s\n", rows_.back().what.c_str(), rows_.back().value.c_str());
}

void Report::add_target(std::string what, double value, std::string unit, Bound bound, double target) {
    const bool met = bound == Bound::at_least ? value >= target : value <= target;
    const std::string wanted = (bound == Bound::at_least ? "at least " : "at most ") + number(target, unit);
    rows_.push_back({std::move(what), number(value, unit), wanted, met});
    std::fprintf(stderr, "%s: %s (%s: %s)\n", rows_.back().what.c_str(), rows_.back().value.c_str(), wanted.c_str(),
                 met ? "met" : "missed");
}

bool Report::all_met() const {
    return std::ranges::all_of(rows_, [](const Row& row) { return row.met; });
}

std::string Report::markdown() const {
    utsname system{};
    ::uname(&system);
    std::array<char, 32> date{};
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    std::strftime(date.data(), date.size(), "%Y-%m-%d", ::gmtime_r(&now, &utc));
    std::string text =
        "Measured on " + std::string(date.data()) + " with version " ACTLEDGER_VERSION ": " +
        line_of("/proc/cpuinfo", "model name") + ", " + std::to_string(std::thread::hardware_concurrency()) +
        " cores, " + line_of("/proc/meminfo", "MemTotal") + " memory, Linux " + system.release +
        ". The load generator runs on the same cores.\n\n" + "| figure | measured | target | |\n|---|---|---|---|\n";
    for (const auto& row : rows_) {
        text += "| " + row.what + " | " + row.value + " | " + row.target + " | " +
                (row.target.empty() ? ""
                 : row.met          ? "met"
                                    : "**missed**") +
                " |\n";
    }
    return text;
}

}  // namespace bench
