#pragma once
// tests/catch_result.hpp: Catch2 with words for a failed Result. Include it instead of catch.hpp.

#include <catch2/catch.hpp>

#include "ledger/core/result.hpp"

template <class T>
struct Catch::StringMaker<boost::system::result<T, ledger::Error>> {
    static std::string convert(const boost::system::result<T, ledger::Error>& result) {
        return result ? "success" : result.error().describe();
    }
};
