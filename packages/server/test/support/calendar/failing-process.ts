/** What a process does whose installation is broken: it ends before it has said that it is ready. */
throw new Error("a module is missing");
