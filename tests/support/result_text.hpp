#pragma once
// tests/support/result_text.hpp: lets Catch say what a failed Result was.

#include <catch2/catch.hpp>

#include "ledger/core/result.hpp"

namespace Catch {

template <class T>
struct StringMaker<boost::system::result<T, ledger::Error>> {
    static std::string convert(const boost::system::result<T, ledger::Error>& result) {
        return result ? "a value" : result.error().describe();
    }
};

}  // namespace Catch
