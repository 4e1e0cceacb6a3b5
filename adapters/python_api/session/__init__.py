"""One session of a program: started, observed, and told of by callbacks, results and iteration."""
